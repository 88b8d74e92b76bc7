import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SignerLimits } from './signer-limits.ts'

/** A program that reads the passphrase and sends it with `sendPassphrase`. */
export interface Unlocker {
  /** The file that Node.js runs, in a process of its own. */
  readonly file: string | URL
  /** All of its environment: what the store of the passphrase needs. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Options of Node.js for both processes that are started. Default: of those of this process, the ones that load code. */
  readonly execArgv?: readonly string[]
}

/** The task of a signer process: its one argument, as JSON. */
export interface SignerTask {
  readonly directory: string
  /** The PKCS#11 library, for a key that is in a token. */
  readonly module?: string | undefined
  /** Whether it signs revocation lists and their register alone. */
  readonly listsOnly: boolean
  readonly limits: SignerLimits
}

/** The processes of an unsealing. */
export interface StartedSigner {
  readonly signer: ChildProcess
  readonly unlocker: ChildProcess
  readonly channel: Duplex
}

const MAIN = new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url)
const SHELL = '/bin/sh'

/**
 * Private keys in memory that is locked and wiped when it is freed (`OPENSSL_secure_malloc(3)`); where the system does not lock that
 * much, unlocked. An assignment to `__proto__` throws.
 */
const HARDENED = ['--secure-heap=65536', '--secure-heap-min=2', '--disable-proto=throw']

/** Options that load code: of TypeScript, or of monitoring. */
const LOADING = /^(?:--import|--require|-r|--conditions|-C|--loader|--experimental-loader)(?:=|$)/

/**
 * Starts a signer process that has the environment `signerEnv` alone, and an unlocking process whose descriptor 3 leads to descriptor 4 of the signer:
 * what goes through it is never in this process.
 */
export function startProcesses(
  task: SignerTask,
  signerEnv: Readonly<Record<string, string | undefined>>,
  { file, env, execArgv }: Unlocker,
): StartedSigner {
  const loading = execArgv ?? loadingOptions(process.execArgv)
  const main = [...HARDENED, ...loading, fileURLToPath(MAIN), JSON.stringify(task)]
  const signer = spawn(...withoutCore(process.execPath, main), {
    env: signerEnv,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'],
  })
  const [channel, passphrase] = [signer.stdio[3] as Duplex, signer.stdio[4] as Duplex]
  const path = typeof file === 'string' ? file : fileURLToPath(file)
  const unlocker = spawn(process.execPath, [...loading, path], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', passphrase],
  })
  // The signer reads to the end, which comes when the unlocking process has ended and no copy is open here.
  passphrase.destroy()
  return { signer, unlocker, channel }
}

/** A crash of the process writes no memory to a file, where there is a shell to set that limit. */
function withoutCore(command: string, args: readonly string[]): [string, string[]] {
  if (!existsSync(SHELL)) return [command, [...args]]
  return [SHELL, ['-c', 'ulimit -c 0; exec "$@"', 'sh', command, ...args]]
}

/** A file among them is a program that runs the file after it. */
function loadingOptions(options: readonly string[]): string[] {
  return options.filter((option, at) => {
    if (option.startsWith('-')) return LOADING.test(option)
    const before = options[at - 1] ?? ''
    return isAbsolute(option) || (LOADING.test(before) && !before.includes('='))
  })
}
