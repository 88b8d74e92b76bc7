import { STEPS } from '@rekey/secret/internal/kind'
import type { Flags } from './flags.ts'

/** The first screen: what is about to happen on this machine. */
export function formatPlan(flags: Flags): string {
  const { people, replicas, autoscale, store, chaos } = flags
  const size = replicas === 1 ? '' : `,\n          ${replicas} each of the last two`
  const visits = autoscale > 0 ? `,\n          and ${3 * autoscale} more that come and go` : ''
  return [
    'A VPN manager of three services is started on this machine, loaded, and all of its secrets are',
    `rotated meanwhile. They are kept in: ${store}.`,
    '',
    '  start   PostgreSQL, an identity provider, a third party, then',
    `          frontend, signing and certtransparency${size}${visits}`,
    `  load    ${people} people log in and fetch VPN profiles, each as soon as the one before is there`,
    `  rotate  every secret ${describeTimes(flags)}: ${STEPS.join(', ')}`,
    ...describeFaults(chaos),
    '  count   requests, profiles, certificates and logins: what is lost makes the run fail',
    '',
    'All of it is in a temporary folder, and ends with this process: Ctrl-C ends it at any time.',
    '',
  ].join('\n')
}

function describeTimes({ rounds, forMs }: Flags): string {
  if (forMs !== undefined) return `again and again for ${forMs / 1_000} s`
  return rounds === 1 ? 'once' : `${rounds} times`
}

function describeFaults(seed: number | undefined): string[] {
  if (seed === undefined) return []
  return [
    '  fail    services, the rotator and PostgreSQL are killed and come back; a replica lies in its',
    `          report. The same again: --chaos=${seed}`,
  ]
}

/** The commands to go on with after a run. */
export function formatNext({ keep, allowRotate, autoscale, store, chaos }: Flags): string {
  const next: [boolean, string, string][] = [
    [keep, 'npm start -- --keep', 'stays up: the portal and the console in a browser'],
    [
      allowRotate,
      'npm start -- --keep --allow-rotate',
      'sign in to the console, and rotate there yourself',
    ],
    [autoscale > 0, 'npm start -- --autoscale', 'replicas come and go meanwhile'],
    [
      chaos !== undefined,
      'npm start -- --chaos',
      'kill and cut things meanwhile, and let a replica lie',
    ],
    [store !== 'dotenv', 'npm start -- --store vault', 'in a real HashiCorp Vault'],
    [false, 'docs/guide/start.md', 'in a service of your own, in five minutes'],
  ]
  const rows = next.filter(([isDone]) => !isDone)
  return ['', 'Next:', ...rows.map(([, what, why]) => `  ${what.padEnd(36)}${why}`)].join('\n')
}
