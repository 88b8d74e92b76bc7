import type { Command } from 'commander'
import type { CliContext } from './cli-context.ts'

/** Adds the words and flags of a command to it, and what it does. */
type Define = (command: Command, context: CliContext) => unknown

/** A command of `rekey`: what the help of the whole shows, and where the rest is. */
interface CommandEntry {
  /** All its words: `audit verify`. */
  readonly path: string
  /** Its heading in the help; absent for one that only scripts call. */
  readonly group?: CommandGroup
  readonly summary: string
  /** Loads its file, which nothing else needs. */
  readonly load: () => Promise<Define>
  /** Whether it ends by itself once the signal of its context aborts: it leaves a rotation so that it can be continued. */
  readonly endsItself?: boolean
}

const EVERYDAY = 'Everyday:'
const SET_UP = 'Set up:'
/** The heading of what is done to a family that runs, and of all that has no other one. */
export const OPERATE = 'Operate:'
const CA = 'CA:'

type CommandGroup = typeof EVERYDAY | typeof SET_UP | typeof OPERATE | typeof CA

/** Commands that hold others. */
export const PARENTS: Readonly<
  Record<string, { readonly group: CommandGroup; readonly summary: string }>
> = {
  leaks: {
    group: EVERYDAY,
    summary: 'what replicas were about to print, and what was found outside',
  },
  family: { group: SET_UP, summary: 'check the declaration of the family here' },
  db: { group: SET_UP, summary: 'adopt an existing database' },
  audit: {
    group: OPERATE,
    summary: 'verify the audit log of a family, show it, and export it for a SIEM',
  },
}

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    ...{ path: 'status', group: EVERYDAY, endsItself: true },
    summary:
      'what each secret’s versions are, who has acknowledged them, which rotation is open, what is due',
    load: async () => (await import('./status-command.ts')).defineStatus,
  },
  {
    ...{ path: 'rotate', group: EVERYDAY, endsItself: true },
    summary: 'rotate one secret, or go on with a rotation that was interrupted',
    load: async () => (await import('./rotate-command.ts')).defineRotate,
  },
  {
    ...{ path: 'rollback', group: EVERYDAY, endsItself: true },
    summary: 'take an open rotation back to where it began',
    load: async () => (await import('./rotate-command.ts')).defineRollBack,
  },
  {
    ...{ path: 'preview', group: EVERYDAY, endsItself: true },
    summary:
      'who holds a version, who used it last, and who is refused if it is revoked now; changes nothing',
    load: async () => (await import('./preview-command.ts')).definePreview,
  },
  {
    ...{ path: 'doctor', group: EVERYDAY, endsItself: true },
    summary: 'where each secret of a service comes from, whether it is sound, what it needs',
    load: async () => (await import('./doctor-command.ts')).defineDoctor,
  },
  {
    ...{ path: 'check', group: EVERYDAY, endsItself: true },
    summary:
      'whether a deployment is ready to be rotated: store, rights, replicas, clocks, journal, audit log; changes nothing',
    load: async () => (await import('./check/check-command.ts')).defineCheck,
  },
  {
    ...{ path: 'run', group: EVERYDAY, endsItself: true },
    summary: 'run a command with the secrets and settings of a service in its environment',
    load: async () => (await import('./run-command.ts')).defineRun,
  },
  {
    ...{ path: 'leaks show', group: EVERYDAY, endsItself: true },
    summary: 'show the live versions that replicas were about to print, and where',
    load: async () => (await import('./leaks/leaks-command.ts')).defineShow,
  },
  {
    ...{ path: 'leaks rotate', group: EVERYDAY, endsItself: true },
    summary: 'rotate without grace what has leaked, as far as policy.leaks of the family lets it',
    load: async () => (await import('./leaks/leaks-command.ts')).defineRotateLeaked,
  },
  {
    ...{ path: 'leaks match', group: EVERYDAY },
    summary:
      'find which findings of gitleaks are secrets of the family: live, dead, to be changed by hand or not ours; no value is printed or sent',
    load: async () => (await import('./leaks/match-findings.ts')).defineMatch,
  },
  {
    ...{ path: 'init', group: SET_UP },
    summary: 'adopt the repository here: show the files that declare its secrets, or write them',
    load: async () => (await import('./adopt/init-command.ts')).defineInit,
  },
  {
    ...{ path: 'family check', group: SET_UP },
    summary: 'check that the family is sound, and that every service definition agrees with it',
    load: async () => (await import('./family-check.ts')).defineFamilyCheck,
  },
  {
    ...{ path: 'generate', group: SET_UP },
    summary: 'write .env.example and service.schema.json from the service definitions',
    load: async () => (await import('./generate-command.ts')).defineGenerate,
  },
  {
    ...{ path: 'issue', group: SET_UP },
    summary: 'issue a first value of a secret, for development unless --production is given',
    load: async () => (await import('./issue-command.ts')).defineIssue,
  },
  {
    ...{ path: 'import', group: SET_UP },
    summary: 'create a secret in a store from a value on standard input, which others have made',
    load: async () => (await import('./import-command.ts')).defineImport,
  },
  {
    ...{ path: 'rights', group: SET_UP },
    summary: 'print the least rights that each service and the rotator need in a store',
    load: async () => (await import('./rights-command.ts')).defineRights,
  },
  {
    ...{ path: 'db adopt', group: SET_UP },
    summary: 'make a role with a password into an owner role and a login: print the SQL, or run it',
    load: async () => (await import('./db-adopt.ts')).defineAdopt,
  },
  {
    ...{ path: 'completion', group: SET_UP },
    summary: 'print the script that completes commands, options and names of the family in a shell',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
  {
    ...{ path: 'controller', group: OPERATE, endsItself: true },
    summary:
      'rotate what is due until it is stopped; of several that run, one works and the others wait to take over',
    load: async () => (await import('../controller/controller-command.ts')).defineController,
  },
  {
    ...{ path: 'console', group: OPERATE, endsItself: true },
    summary:
      'serve a live page of all secrets, on this machine or behind a login, until it is stopped',
    load: async () => (await import('./console-command.ts')).defineConsole,
  },
  {
    ...{ path: 'sweep', group: OPERATE, endsItself: true },
    summary: 'remove what the far side still accepts and the store does not hold',
    load: async () => (await import('./sweep-command.ts')).defineSweep,
  },
  {
    ...{ path: 'audit verify', group: OPERATE },
    summary: 'find any edit, deletion, reordering, truncation, replacement or fork of the log',
    load: async () => (await import('./audit/audit-verify.ts')).defineVerify,
  },
  {
    ...{ path: 'audit checkpoint', group: OPERATE },
    summary: 'verify the log and sign where it ends, to be kept elsewhere',
    load: async () => (await import('./audit/audit-checkpoint.ts')).defineCheckpoint,
  },
  {
    ...{ path: 'audit anchor', group: OPERATE },
    summary: 'verify the log and put a checkpoint of it into the transparency log',
    load: async () => (await import('./audit/audit-checkpoint.ts')).defineAnchor,
  },
  {
    ...{ path: 'audit tail', group: OPERATE, endsItself: true },
    summary: 'show the last entries of the log',
    load: async () => (await import('./audit/audit-query.ts')).defineTail,
  },
  {
    ...{ path: 'audit query', group: OPERATE },
    summary: 'show the entries of one secret, actor, person, action or time',
    load: async () => (await import('./audit/audit-query.ts')).defineQuery,
  },
  {
    ...{ path: 'audit export', group: OPERATE },
    summary: 'print entries for a SIEM: one event of OCSF 1.3 (Entity Management) a line',
    load: async () => (await import('./audit/audit-query.ts')).defineExport,
  },
  {
    ...{ path: 'runbook', group: OPERATE },
    summary: 'print the runbooks of the family: what to type, to see and to do about each secret',
    load: async () => (await import('./runbook-command.ts')).defineRunbook,
  },
  {
    ...{ path: 'schema', group: OPERATE },
    summary: 'print the JSON Schema of what a command prints with --json',
    load: async () => (await import('./schema-command.ts')).defineSchema,
  },
  {
    path: 'complete',
    summary: '',
    load: async () => (await import('./completion.ts')).defineComplete,
  },
  {
    // A plugin, with all the commands below it.
    ...{ path: 'ca', group: CA },
    summary:
      'create CAs offline, import them, show them, change their passphrases, write recovery copies',
    load: async () => (await import('@rekey/ca-keystore/internal/commands')).addCa,
  },
]
