import { STEPS } from '@rekey/secret/internal/kind'
import type { Flags } from './flags.ts'

/** The first screen: what is about to happen on this machine. */
export function formatPlan(flags: Flags): string {
  const { people, replicas, autoscale, store, chaos } = flags
  const size =
    replicas === 1 ? '' : `,\n          ${replicas} replicas of signing and certtransparency`
  const visits = autoscale > 0 ? `,\n          and ${3 * autoscale} replicas that come and go` : ''
  return [
    'Starting a three-service VPN manager, putting it under load, and rotating all',
    `of its secrets while it runs. Store: ${store === 'dotenv' ? '.env' : store}`,
    '',
    '  start   PostgreSQL, an identity provider, a third party, then',
    `          frontend, signing and certtransparency${size}${visits}`,
    `  load    ${people} simulated users sign in and download profiles, non-stop`,
    `  rotate  every secret ${describeTimes(flags)}:`,
    `          ${STEPS.join(', ')}`,
    ...describeFaults(chaos),
    '  count   requests, profiles, certificates, logins; one loss fails the run',
    '',
    'Everything is in a temporary folder and ends with this process (Ctrl-C).',
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
    '  fail    kill services, the rotator and PostgreSQL; make a replica report a lie',
    `          (repeat this order: --chaos=${seed})`,
  ]
}

/** The commands to go on with after a run. */
export function formatNext({ keep, allowRotate, autoscale, store, chaos }: Flags): string {
  const next: [boolean, string, string][] = [
    [keep, 'npm start -- --keep', 'stay up: open the portal and the console'],
    [allowRotate, 'npm start -- --keep --allow-rotate', 'rotate from the console yourself'],
    [autoscale > 0, 'npm start -- --autoscale', 'add and remove replicas during the run'],
    [chaos !== undefined, 'npm start -- --chaos', 'kill things during the run'],
    [store !== 'dotenv', 'npm start -- --store vault', 'use a real HashiCorp Vault'],
    [false, 'docs/guide/start.md', 'your own service in five minutes'],
  ]
  const rows = next.filter(([isDone]) => !isDone)
  return ['', 'Next:', ...rows.map(([, what, why]) => `  ${what.padEnd(36)}${why}`)].join('\n')
}
