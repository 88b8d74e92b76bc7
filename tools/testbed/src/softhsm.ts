import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Tokens of SoftHSM 2 in files of a directory of their own. */
export interface SoftHsm extends Disposable {
  /** The PKCS#11 library. */
  readonly module: string
  /** Where the library finds the tokens. It asks the environment of its process, once. */
  readonly env: { readonly SOFTHSM2_CONF: string }
  /** Makes a token. */
  initialise(token: TestToken): void
  /** Takes a token away for good. */
  remove(label: string): void
  /** Takes all tokens out, as a cable that is drawn. @returns puts them back */
  takeOut(): () => void
  /** Puts a private key that was made outside into a token. */
  importKey(token: TestToken, key: TestTokenKey): void
}

/** A key in PKCS#8, and its names in a token. */
export interface TestTokenKey {
  /** `CKA_ID`, hexadecimal. */
  readonly id: string
  readonly label: string
  readonly pem: string
}

/** A token, and how to log in to it. */
export interface TestToken {
  readonly label: string
  readonly pin: string
}

const SO_PIN = '0123456789'

/**
 * Makes a place for tokens of SoftHSM.
 *
 * @param program `softhsm2-util`, as `findForTest` gives it
 */
export function openSoftHsm(program: string): SoftHsm {
  const home = mkdtempSync(join(realpathSync(tmpdir()), 'softhsm-'))
  const env = { SOFTHSM2_CONF: join(home, 'softhsm2.conf') }
  mkdirSync(join(home, 'tokens'))
  writeFileSync(env.SOFTHSM2_CONF, `directories.tokendir = ${join(home, 'tokens')}\n`)
  const util = (args: readonly string[]) => {
    execFileSync(program, args, { stdio: 'pipe', env: { ...process.env, ...env } })
  }
  return {
    env,
    // Debian puts the library beside its programs.
    module: join(dirname(dirname(realpathSync(program))), 'lib', 'softhsm', 'libsofthsm2.so'),
    initialise({ label, pin }) {
      util(['--init-token', '--free', '--label', label, '--so-pin', SO_PIN, '--pin', pin])
    },
    remove(label) {
      util(['--delete-token', '--token', label])
    },
    takeOut() {
      const [there, away] = [join(home, 'tokens'), join(home, 'away')]
      renameSync(there, away)
      mkdirSync(there)
      return () => {
        rmSync(there, { recursive: true })
        renameSync(away, there)
      }
    },
    importKey(token, { id, label, pem }) {
      const file = join(home, `${id}.pem`)
      writeFileSync(file, pem, { mode: 0o600 })
      const place = ['--import', file, '--token', token.label, '--pin', token.pin]
      util([...place, '--label', label, '--id', id, '--force'])
      rmSync(file)
    },
    [Symbol.dispose]() {
      rmSync(home, { recursive: true })
    },
  }
}
