import { Secret } from '@rekey/secret'
import { type AskOperator, randomValue } from '@rekey/secret/internal/kind'
import type { FarSide, StepContext } from '@rekey/secret/kind'
import type { Trust } from '@rekey/secret/trust'
import { acceptsLogin } from '../spec/accepts-login.ts'
import { isMarked, parseLogin, withPassword } from '../spec/mail-login.ts'
import { type Command, runChanger } from './run-changer.ts'

/** An account of a mail server, and how its password is tried. */
export interface MailAccount {
  /** The name of the secret in the store. */
  readonly name: string
  readonly trust: Trust | undefined
  readonly nonProduction: boolean
}

const SERVER = { name: 'the mail server', noun: 'password' } as const

/**
 * Creates the far side of a password that a program changes: the server holds one. There is no standard for it: RFC 4954 has a login, and no
 * change.
 */
export function createMailAccount(
  { name, trust, nonProduction }: MailAccount,
  { command, gapMs }: { readonly command: Command; readonly gapMs: number },
): FarSide {
  const set = async (value: Secret, { fence, signal }: StepContext) => {
    await fence()
    await runChanger(command, parseLogin(value.expose()), signal)
  }
  const accepts = (value: Secret, signal: AbortSignal) =>
    acceptsLogin(parseLogin(value.expose()), { trust, signal })
  const next = ({ value }: { readonly value: Secret }) =>
    nextOf(value, randomValue(name, { nonProduction }))

  return {
    ...{ ...SERVER, slots: 'one', gapMs, accepts, isMarked: isMarkedLogin },
    lateCall:
      'The mail server cannot refuse the late call of a rotator that was displaced: one that was on its way may still replace the password. If logins fail after an emergency, rotate once more.',
    plan({ current }) {
      const { user, host } = parseLogin(current.value.expose())
      return Promise.resolve({
        generate: '32 random bytes',
        admit: `${command[0]} sets it for ${user} at ${host}`,
        revoke: 'it has ended with that',
      })
    },
    choose: (current) => Promise.resolve(next(current)),
    add: ({ pending }, context) => set(pending.value, context),
    remove: () => Promise.resolve(),
    async withdraw({ current, pending }, context) {
      const { compromised, signal } = context
      // A leaked password is never set again. The account gets a random one, which is not kept, until the next password is set.
      const isChanged = await accepts(pending.value, signal)
      if (compromised && isChanged) await set(next(pending), context)
      // A server may accept for a while what it has replaced.
      else if (!compromised && (isChanged || !(await accepts(current.value, signal)))) {
        await set(current.value, context)
      }
    },
  }
}

/**
 * Creates the far side of a password that a person changes. With `gapMs` the server holds one: it is set there once every replica has it.
 * Without, it holds two, as a provider with passwords for applications do: the new one is made there before, and the old one removed at the end.
 */
export function createManualAccount(
  { trust }: MailAccount,
  { ask, gapMs }: { readonly ask: AskOperator; readonly gapMs: number | undefined },
): FarSide {
  const isOne = gapMs !== undefined
  return {
    ...{ ...SERVER, slots: isOne ? 'one' : 'two-secrets', isMarked: isMarkedLogin },
    ...(isOne && { gapMs }),
    plan: () =>
      Promise.resolve({
        generate: 'the operator pastes the next password',
        admit: isOne ? 'the operator sets it at the mail server then' : 'the mail server has it',
        revoke: isOne ? 'it has ended with that' : 'the operator removes the old one there',
      }),
    choose: async ({ value }, { signal }) =>
      nextOf(
        value,
        (await ask(signal)).map((text) => text.trim()),
      ),
    add({ pending }, context) {
      const { user, host } = parseLogin(pending.value.expose())
      if (isOne) context.waiting(`set the new password of ${user} at ${host} now`)
      return Promise.resolve()
    },
    remove: () => Promise.resolve(),
    withdraw: () => Promise.resolve(),
    accepts: (value, signal) => acceptsLogin(parseLogin(value.expose()), { trust, signal }),
  }
}

/** The URL of a login, with another password. */
function nextOf(value: Secret, password: Secret): Secret {
  const next = withPassword(parseLogin(value.expose()), password.expose())
  // It is read as a service will read it.
  parseLogin(next)
  return Secret.of(next, value.label)
}

function isMarkedLogin(value: Secret): boolean {
  return isMarked(parseLogin(value.expose()).password)
}
