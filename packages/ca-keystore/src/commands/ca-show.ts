import { resolve } from 'node:path'
import { type BiographyReport, type KeyReport, inspectKeystore } from '../inspect-keystore.ts'
import { type SecretError, systemClock } from '@rekey/secret'
import { BIOGRAPHY_VERDICT, describeVerdict } from './ca-biography.ts'
import { z } from 'zod'
import type { CaFlags } from './ca-command.ts'
import {
  type CliContext,
  createPrinter,
  describeFailure,
  instant,
  jsonLine,
} from '@rekey/rekey/internal/command'

const DAY_MS = 86_400_000

/** The line of `rekey ca show`. */
export const SHOWN_LINE = jsonLine('ca', 'The state of a keystore.', {
  directory: z.string(),
  sound: z.boolean(),
  key: z
    .object({
      ...{ id: z.string(), generation: z.int(), purpose: z.enum(['root', 'issuing']) },
      ...{ created: z.string(), spki: z.string() },
      policy: z.object({ profiles: z.array(z.string()), days: z.number() }),
      slots: z.array(
        z.object({
          ...{ slot: z.string(), kdf: z.string(), n: z.int().optional(), r: z.int().optional() },
          p: z.int().optional(),
        }),
      ),
      token: z.object({ label: z.string(), object: z.string() }).optional(),
    })
    .optional(),
  certificate: z
    .object({ subject: z.string(), notAfter: z.string(), daysLeft: z.int() })
    .optional(),
  biography: z
    .object({
      verdict: BIOGRAPHY_VERDICT,
      lastBackup: instant.optional(),
      lastDrill: instant.optional(),
    })
    .optional(),
  problems: z.array(
    z.object({
      code: z.string(),
      message: z.string(),
      reason: z.union([z.string(), z.number(), z.boolean()]).optional(),
    }),
  ),
})

/** `rekey ca show`: what can be seen of a CA without its passphrase. The exit code is 1 if the keystore would not open. */
export async function showCa(path: string, flags: CaFlags, context: CliContext): Promise<void> {
  const { line } = createPrinter<typeof SHOWN_LINE>(flags, context)
  const { directory, key, certificate, biography, problems } = await inspectKeystore({
    directory: resolve(context.cwd, path),
  })
  const shown = certificate && {
    subject: certificate.name,
    notAfter: certificate.notAfter.toISOString(),
    daysLeft: Math.floor((certificate.notAfter.getTime() - systemClock.now()) / DAY_MS),
  }
  const sound = problems.length === 0
  const rows: readonly (readonly [string, string])[] = [
    ['directory', directory],
    ...(shown ? rowsOfCertificate(shown) : []),
    ...(key ? rowsOfKey(key) : []),
    ...(biography ? rowsOfBiography(biography) : []),
    ...(sound
      ? ([['files', 'safe and valid']] as const)
      : problems.map((problem) => ['problem', describeFailure(problem)] as const)),
  ]
  const text = rows.map(([label, value]) => `${label.padEnd(11)} ${value}`).join('\n')
  line(
    {
      ...{ type: 'ca', directory, sound, key, certificate: shown, biography },
      problems: problems.map(toLine),
    },
    text,
  )
  if (!sound) context.process.exitCode = 1
}

function rowsOfCertificate(shown: { subject: string; notAfter: string; daysLeft: number }) {
  const { subject, notAfter, daysLeft } = shown
  return [
    ['subject', subject],
    ['not after', `${notAfter} (${daysLeft} days left)`],
  ] as const
}

function rowsOfKey({ id, generation, purpose, created, spki, policy, slots, token }: KeyReport) {
  const leaves = `${policy.profiles.join(', ')}; at most ${policy.days} days`
  return [
    ['key', `${id}, generation ${generation}, ${purpose}, created ${created}`],
    ['public key', `sha256 ${spki}`],
    ['policy', policy.profiles.length === 0 ? 'certificates of CAs alone' : leaves],
    ...slots.map((slot) => {
      const cost = slot.kdf === 'scrypt' ? ` n=${slot.n} r=${slot.r} p=${slot.p}` : ''
      return ['slot', `${slot.slot}: ${slot.kdf}${cost}`] as const
    }),
    ...(token ? ([['token', `${token.label}, key ${token.object}`]] as const) : []),
  ] as const
}

function rowsOfBiography({ verdict, lastBackup, lastDrill }: BiographyReport) {
  return [
    ['biography', describeVerdict(verdict)],
    ['last backup', lastBackup?.toISOString() ?? 'none'],
    ['last drill', lastDrill?.toISOString() ?? 'none'],
  ] as const
}

function toLine({ code, message, details }: SecretError) {
  return { code, message, reason: details['reason'] }
}
