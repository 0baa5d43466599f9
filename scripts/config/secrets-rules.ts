import { names, yesOrNo } from '../common/rules.ts';

/** The rules of secrets. */
export const SECRETS_RULES = {
  paths: names('files and folders with commas between them'),
  plain: yesOrNo,
  recipients: { ...names('public keys or files of them, with commas between them'), secret: true },
} as const;
