import { names, yesOrNo } from '../common/rules.ts';

/** The rules of secrets. */
export const SECRETS_RULES = {
  paths: names('files and folders with commas between them'),
  plain: yesOrNo,
} as const;
