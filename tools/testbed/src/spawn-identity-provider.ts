import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { IdentityProvider, IdentityProviderOptions } from './identity-provider.ts'
import { runCompiled } from './run-compiled.ts'

/**
 * Like `openIdentityProvider`, in a process of its own, so that load on the provider is not load on the test. It ends when
 * disposed, and by itself when this process is gone.
 *
 * @throws {Error} if it ends before it is ready; its own words are on stderr
 */
export async function spawnIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const child = spawn(process.execPath, mainArguments(), { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  // A write to a child that is gone fails here; the missing answer is what is reported.
  child.stdin.on('error', () => undefined)
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (message: IdentityProviderOptions | SecretChange): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(message)}\n`)
    const answer = await answers.next()
    if (answer.done === true) throw new Error('the identity provider has ended')
    return JSON.parse(answer.value)
  }
  const { issuer } = (await ask(options)) as Ready
  return {
    issuer,
    async setClientSecret(...change) {
      const { error } = (await ask(change)) as Answer
      if (error !== undefined) throw new Error(error)
    },
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}

/** Sources are compiled; a built package needs nothing. */
function mainArguments(): string[] {
  const built = import.meta.url.endsWith('.js')
  const name = `./identity-provider-main.${built ? 'js' : 'ts'}`
  const main = fileURLToPath(new URL(name, import.meta.url))
  return built ? [main] : runCompiled(main)
}

/**
 * Messages between a test and an identity provider in a process of its own, one JSON document a line. First come the
 * `IdentityProviderOptions`, answered by {@link Ready}; then any number of {@link SecretChange}, each answered by {@link
 * Answer} in order. Secrets go through stdin, for arguments can be seen by every user of the machine.
 */
export interface Ready {
  readonly issuer: string
}

/** The arguments of `IdentityProvider.setClientSecret`. */
export type SecretChange = Parameters<IdentityProvider['setClientSecret']>

/** `error` is absent if it went well. */
export interface Answer {
  readonly error?: string
}
