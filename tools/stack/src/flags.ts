import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { STORE_KINDS, type StoreKind } from './stores/stack-store.ts'

/** The flags of `npm start`. */
export interface Flags {
  readonly help: boolean
  /** Stay up after the report. */
  readonly keep: boolean
  readonly json: boolean
  readonly rounds: number
  readonly people: number
  readonly validationMs: number
  /** How long no request may end while the load runs, if it was asked for. */
  readonly stallMs: number | undefined
  readonly replicas: number
  readonly store: StoreKind
  /** Database logins are the store's own. */
  readonly dynamic: boolean
  /** How many columns of replicas come and go. */
  readonly autoscale: number
  /** How long everything is rotated again and again, instead of for a number of rounds. */
  readonly forMs: number | undefined
  /** Operators rotate from the console. */
  readonly allowRotate: boolean
  /** Decides the order of the faults that are made; undefined if none are to be. */
  readonly chaos: number | undefined
}

/** A flag that cannot be understood. The message ends with how to mend it. */
export class UsageError extends Error {}

export const USAGE = `npm start -- [options]

Starts three services on a real PostgreSQL and a real identity provider, puts them
under load, and rotates every secret while the load runs.

  --store STORE        where secrets are stored                    (dotenv)
                         dotenv      a .env file, as in development
                         vault       KV version 2 of a HashiCorp Vault, AppRole for each service
                         aws         Secrets Manager, emulated by moto
                         kubernetes  Secret objects of an API server; services read mounted volumes
                       all but dotenv as in production; npm run testbed:install gets the servers
  --dynamic            with --store vault: Vault makes the database logins, which live for
                       seconds and are not rotated
  --keep               stay up after the report, until Ctrl-C
  --rounds N           how often each secret is rotated            (3)
  --minutes N          rotate for so long, instead of a number of rounds
  --people N           how many simulated users                    (8)
  --replicas N         processes of signing and certtransparency   (1)
  --autoscale[=N]      replicas come and go during the run, found by a file: N columns
                       of one replica of each service (1). Users call them too.
                       Not with --dynamic
  --chaos[=SEED]       inject each fault once a round: kill services, the rotator and
                       PostgreSQL, make a replica report a lie. The same seed makes the same
                       faults. Needs --store dotenv; default one round
  --allow-rotate       the console asks for a sign-in, and alice may rotate secrets
  --validation-ms N    silence before an old API key is removed    (1000)
  --stall-ms N         fail when no request was answered for so long,
                       and print who waits for what              (5000, with --chaos 180000)
  --json               print the report as JSON
  --help               this text`

const NUMBERS = {
  rounds: { default: 3, least: 0, most: 1_000 },
  people: { default: 8, least: 1, most: 500 },
  replicas: { default: 1, least: 1, most: 10 },
  'validation-ms': { default: 1_000, least: 0, most: 3_600_000 },
  'stall-ms': { default: 0, least: 1_000, most: 3_600_000 },
  autoscale: { default: 0, least: 1, most: 20 },
  chaos: { default: 0, least: 0, most: 2 ** 31 },
} as const

/** @throws {UsageError} */
export function parseFlags(args: readonly string[]): Flags {
  const values = parse(args)
  const chaos = toSeed(values.chaos)
  if (chaos !== undefined) checkChaos(values)
  return {
    help: values.help ?? false,
    keep: values.keep ?? false,
    json: values.json ?? false,
    ...toStore(values.store, values.dynamic),
    autoscale: toAutoscale(values.autoscale, values.dynamic),
    allowRotate: values['allow-rotate'] ?? false,
    chaos,
    rounds: toNumber('rounds', values.rounds ?? (chaos === undefined ? undefined : '1')),
    people: toNumber('people', values.people),
    replicas: toNumber('replicas', values.replicas),
    validationMs: toNumber('validation-ms', values['validation-ms']),
    forMs: toDuration(values),
    stallMs:
      values['stall-ms'] === undefined ? undefined : toNumber('stall-ms', values['stall-ms']),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      // Without a value there is one that is chosen here.
      args: args.map((arg) => (/^--(?:chaos|autoscale)$/.test(arg) ? `${arg}=` : arg)),
      options: {
        help: { type: 'boolean', short: 'h' },
        keep: { type: 'boolean' },
        json: { type: 'boolean' },
        store: { type: 'string' },
        dynamic: { type: 'boolean' },
        autoscale: { type: 'string' },
        'allow-rotate': { type: 'boolean' },
        chaos: { type: 'string' },
        rounds: { type: 'string' },
        minutes: { type: 'string' },
        people: { type: 'string' },
        replicas: { type: 'string' },
        'validation-ms': { type: 'string' },
        'stall-ms': { type: 'string' },
      },
    }).values
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new UsageError(`${error.message.split('.')[0] ?? ''}. See npm start -- --help`)
  }
}

function toStore(text = 'dotenv', dynamic = false): Pick<Flags, 'store' | 'dynamic'> {
  const store = STORE_KINDS.find((kind) => kind === text)
  if (store === undefined) throw new UsageError(`--store takes one of ${STORE_KINDS.join(', ')}`)
  if (dynamic && store !== 'vault') throw new UsageError('--dynamic goes with --store vault')
  return { store, dynamic }
}

/** The logins that a store lends are counted by replica, so there must be as many at the end as at the beginning. */
function toAutoscale(text: string | undefined, dynamic = false): number {
  if (text === undefined) return 0
  if (dynamic) throw new UsageError('--autoscale does not go with --dynamic')
  return text === '' ? 1 : toNumber('autoscale', text)
}

const MINUTE_MS = 60_000

function toDuration({ minutes, rounds, chaos }: ReturnType<typeof parse>): number | undefined {
  if (minutes === undefined) return undefined
  if (rounds !== undefined) throw new UsageError('--minutes does not go with --rounds')
  if (chaos !== undefined) throw new UsageError('--minutes does not go with --chaos')
  const value = Number(minutes)
  if (value > 0 && value <= 1_440) return value * MINUTE_MS
  throw new UsageError('--minutes takes a number from 0 to 1440, such as 10 or 0.5')
}

function toSeed(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  return text === '' ? randomInt(2 ** 31) : toNumber('chaos', text)
}

/** A replica that lies reads a copy of the .env file, and takes the place of one that comes and goes. */
function checkChaos({ store = 'dotenv', autoscale }: ReturnType<typeof parse>): void {
  if (store !== 'dotenv') throw new UsageError('--chaos goes with --store dotenv')
  if (autoscale !== undefined) throw new UsageError('--chaos does not go with --autoscale')
}

function toNumber(flag: keyof typeof NUMBERS, text: string | undefined): number {
  const { default: fallback, least, most } = NUMBERS[flag]
  const value = text === undefined ? fallback : Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new UsageError(`--${flag} takes a whole number from ${least} to ${most}`)
}
