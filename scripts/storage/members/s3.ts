import { defineStorage } from '../member.ts';
import { S3_SETTINGS } from '../s3/settings.ts';

/** A bucket of AWS S3, or of any provider that speaks its protocol. */
export const member = defineStorage({
  // Its client tries again by itself.
  wrap: 'idle limit',
  settings: S3_SETTINGS,
  open: async (settings, surroundings) => {
    const { openS3 } = await import('../s3/open.ts');
    return openS3(settings, surroundings, 's3');
  },
});
