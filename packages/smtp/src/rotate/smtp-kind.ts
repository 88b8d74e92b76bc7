import { refuseToAsk, type RotationParts } from '@rekey/secret/internal/kind'
import { createFarSideRotation, type DeclaredSecret, defineKind } from '@rekey/secret/kind'
import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod/v4'
import { smtpRunbook } from '../runbook.ts'
import { smtpLogin } from '../spec/smtp-login.ts'
import { createMailAccount, createManualAccount } from './mail-account.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const gapMs = z
  .int()
  .min(1_000)
  .max(60 * MINUTE_MS)
  .describe('the longest time in which logins may fail, where the server holds one password')

const program = z.string().regex(/^\/[^\0]+$/, 'write the path of a program from / on')

const entry = z.object({
  changer: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('command').describe('a program of yours sets the password'),
      command: z
        .tuple([program], z.string())
        .describe('it, and its options; it reads the user and the password, a line each'),
      gapMs: gapMs.default(30_000),
    }),
    z.strictObject({
      kind: z.literal('manual').describe('an operator pastes the password, and sets it'),
      gapMs: gapMs.optional(),
    }),
  ]),
  trust: trustEntry.optional().describe('the roots of the mail server; default: public ones'),
})

type Declared = DeclaredSecret<z.output<typeof entry>>

/** Logins of a mail server, see README.md: `defineFamily(declaration, { kinds: [smtpKind] })`. */
export const smtpKind = defineKind({
  kind: 'smtp',
  parties: ['service'],
  spec: { owner: smtpLogin },
  storeName: (service = '') => smtpLogin().nameFor(service),
  schedule: { rotateAfterMs: 90 * DAY_MS, maxAgeMs: 180 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  runbook: smtpRunbook,
  entry,
  rotationOf({ name, parties: [service = ''], entry }: Declared, parts: RotationParts) {
    const { changer, trust } = entry
    const { nonProduction, ask = refuseToAsk } = parts
    const account = { name, trust, nonProduction }
    const farSide =
      changer.kind === 'command'
        ? createMailAccount(account, changer)
        : createManualAccount(account, { ask, gapMs: changer.gapMs })
    return createFarSideRotation({ ...parts, kind: 'smtp', name, service, farSide })
  },
})
