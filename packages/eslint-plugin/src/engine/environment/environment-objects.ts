/** The objects and functions through which a program comes to its environment. */
export type Thing =
  | 'global'
  | 'process'
  | 'env'
  | 'report'
  | 'reportMaker'
  | 'reportResult'
  | 'deno'
  | 'denoEnv'
  | 'reader'
  | 'maker'
  | 'loader'
  | 'holder'

interface Kind {
  /** Its properties; all others have nothing to do with the environment. Those of `env` are the variables. */
  readonly properties?: ReadonlyMap<string, Thing>
  /** The value that a receiver of the whole gets; undefined if that is not looked into. */
  readonly whole?: 'process' | 'environment'
  /** The result of calling it. */
  readonly result?: Thing
}

/** The links from one to the next. */
const KINDS: Readonly<Record<Thing, Kind>> = {
  global: {
    properties: new Map([
      ['process', 'process'],
      ['globalThis', 'global'],
      ['global', 'global'],
      ['Bun', 'holder'],
      ['Deno', 'deno'],
    ]),
  },
  process: {
    properties: new Map([
      ['env', 'env'],
      ['loadEnvFile', 'loader'],
      ['report', 'report'],
      ['default', 'process'],
    ]),
    whole: 'process',
  },
  env: { whole: 'environment' },
  report: { properties: new Map([['getReport', 'reportMaker']]) },
  reportMaker: { result: 'reportResult' },
  reportResult: { properties: new Map([['environmentVariables', 'env']]), whole: 'environment' },
  deno: { properties: new Map([['env', 'denoEnv']]) },
  denoEnv: {
    properties: new Map([
      ['get', 'reader'],
      ['has', 'reader'],
      ['toObject', 'maker'],
    ]),
    whole: 'environment',
  },
  // Takes the name of a variable.
  reader: {},
  maker: { result: 'env' },
  // Reads a file of variables.
  loader: {},
  // Bun, import.meta and some modules: what matters of them has a name of its own.
  holder: {
    properties: new Map([
      ['env', 'env'],
      ['parseEnv', 'loader'],
      ['loadEnv', 'loader'],
      ['loadEnvConfig', 'loader'],
      ['default', 'holder'],
    ]),
  },
}

/** The property `key` of `thing`, if it has to do with the environment. */
export function environmentPartOf(thing: Thing, key: string): Thing | undefined {
  return KINDS[thing].properties?.get(key)
}

/** The result of calling `thing`. */
export function resultOf(thing: Thing): Thing | undefined {
  return KINDS[thing].result
}

/** The value that a receiver of the whole of `thing` gets. */
export function wholeOf(thing: Thing): 'process' | 'environment' | undefined {
  return KINDS[thing].whole
}

/** Globals by name. */
export const GLOBALS: ReadonlyMap<string, Thing> = new Map<string, Thing>([
  ['process', 'process'],
  ['globalThis', 'global'],
  ['global', 'global'],
  ['window', 'global'],
  ['self', 'global'],
  ['Bun', 'holder'],
  ['Deno', 'deno'],
])

/** Modules, without `node:`, of which a part reads the environment. */
const MODULES: ReadonlyMap<string, Thing> = new Map<string, Thing>([
  ['process', 'process'],
  ['util', 'holder'],
  ['vite', 'holder'],
  ['@next/env', 'holder'],
  ['cloudflare:workers', 'holder'],
])

/** Modules that do nothing else, so that to import one is to read the environment. */
const READERS =
  /^(?:dotenv(?:-\w+)?(?:\/config)?|@dotenvx\/dotenvx(?:\/config)?|env-var|\$env\/(?:static|dynamic)\/private|astro:env\/server)$/

/** The module `name`, if it has to do with the environment. */
export function thingOfModule(name: string): Thing | undefined {
  const bare = name.replace(/^node:/, '')
  return READERS.test(bare) ? 'loader' : MODULES.get(bare)
}
