import { type Platform, PLATFORMS } from '../../harness/target.js';
import { type ApplicationName } from '../applications/setup.js';

export type RowName = Exclude<ApplicationName, 'endurance'> | 'refused';

/** A line of the table: requests of one sort to one application. */
export interface Row {
  readonly name: RowName;
  readonly platform: Platform;
  readonly application: ApplicationName;
  readonly isForged: boolean;
}

export const ROW_NAMES: readonly RowName[] = [
  'sample',
  'bare',
  'hand',
  'full',
  'refused',
  'ledger-redis',
  'ledger-postgres',
  'inbox-bullmq',
  'inbox-pg-boss',
  'silent',
];

/** Rows that are measured only if they are named. */
export const ON_DEMAND: readonly RowName[] = ['silent'];

/** All rows, in the order in which they take turns: what is compared stands close together. */
export const ROWS: readonly Row[] = PLATFORMS.flatMap((platform) =>
  ROW_NAMES.filter((name) => name !== 'sample' || platform === 'express').map((name) => ({
    name,
    platform,
    application: name === 'refused' ? 'full' : name,
    isForged: name === 'refused',
  })),
);

/** The row that another one is held against; of the sample there is one only, on Express. */
export function rowOf(name: RowName, platform: Platform): Row | undefined {
  return ROWS.find((row) => row.name === name && (name === 'sample' || row.platform === platform));
}
