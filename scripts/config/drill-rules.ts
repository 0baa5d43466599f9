import { shaped, text, wholeNumber } from '../common/rules.ts';
import { KINDS, questionsOf } from '../datastores/index.ts';

const ASKED = KINDS.filter((kind) => questionsOf(kind) !== undefined);

/** The rules of what .env and holdfast.yaml say of drills. */
export const DRILL_RULES = {
  image: shaped('the name of an image', /^[\w][\w./:@-]*$/),
  checkName: text('a name'),
  source: shaped('a source such as "postgres/app"', new RegExp(`^(${ASKED.join('|')})/.+$`)),
  sql: text('a query on one line'),
  collection: text('the name of a collection'),
  json: text('extended JSON in quotes'),
  path: text('the way to a value, such as "cursor.firstBatch.0.name"'),
  expect: text('the answer'),
  atLeast: wholeNumber(0, 999_999_999_999_999),
} as const;
