import { defineStorage } from '../member.ts';
import { COMMON_SETTINGS } from '../s3/settings.ts';

/** The address of a bucket of Cloudflare R2 cannot be guessed: it holds the number of the account. */
const endpoint = { ...COMMON_SETTINGS.endpoint, required: true } as const;

/** A bucket of Cloudflare R2: parts of one size, no checksum headers, region "auto". */
export const member = defineStorage({
  // Its client tries again by itself.
  wrap: 'idle limit',
  settings: { ...COMMON_SETTINGS, endpoint },
  open: async (settings, surroundings) => {
    const { openS3 } = await import('../s3/open.ts');
    return openS3(settings, surroundings, 'r2', { equalParts: true });
  },
});
