import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { jsonIn, SecretError } from '@rekey/secret'
import { privateDirectory, readPrivateFile, replaceFile } from '@rekey/secret/internal/files'
import type { Workload, WorkloadLook } from './workload.ts'

/** A unit of systemd on the machine of the rotator. */
export interface SystemdUnitOptions {
  /** `shop.service` */
  readonly unit: string
  /** A directory of the rotator alone, in which it keeps what it has restarted. */
  readonly directory: string
  /** Whether the manager is that of the rotator's own user. Default false: that of the machine. */
  readonly user?: boolean | undefined
}

/** The last restart that was ordered: its mark, and the start of the unit that it was to replace. */
interface Order {
  readonly mark: string
  readonly before: string
}

const run = promisify(execFile)
const SHOWN = ['LoadState', 'ActiveState', 'InvocationID', 'Result', 'RefuseManualStop'] as const
/** A unit may take as long to stop and to start as systemd gives it. */
const RESTART_LIMIT_MS = 300_000
/** systemctl(1), "Exit status": insufficient privileges. */
const NO_PERMISSION = 4

/**
 * Creates the calls that restart one unit by systemctl(1). Each start of a unit has an invocation id of its own. The order is written down
 * with that of the running start before it is given: another id since then is a start that came after.
 *
 * @see systemd.exec(5), "$INVOCATION_ID"
 */
export function createSystemdUnit({ unit, directory, user = false }: SystemdUnitOptions): Workload {
  const name = `systemd unit ${unit}`
  const systemctl = async (args: readonly string[], signal?: AbortSignal) => {
    const flags = ['--no-pager', '--no-ask-password', ...(user ? ['--user'] : [])]
    const options = { ...(signal && { signal }), timeout: RESTART_LIMIT_MS }
    return (await run('systemctl', [...flags, ...args], options)).stdout
  }
  const show = async (signal?: AbortSignal) => {
    const args = ['show', unit, `--property=${SHOWN.join(',')}`]
    const text = await systemctl(args, signal).catch((error: unknown) => {
      throw failureOf(error, `systemd does not show ${unit}`, signal)
    })
    const shown = new Map(
      Array.from(text.matchAll(/^(\w+)=(.*)$/gm), ([, key = '', value = '']) => [key, value]),
    )
    if (shown.get('LoadState') === 'loaded') return shown
    throw new SecretError('missing', `there is no unit ${unit}: correct its name in the fleet`)
  }
  const fileOf = async (secret: string) => {
    const id = createHash('sha256').update(`${unit} ${secret}`).digest('hex').slice(0, 32)
    return join(await privateDirectory(directory), `${id}.json`)
  }
  const orderOf = async (secret: string): Promise<Order | undefined> => {
    const text = await readPrivateFile(await fileOf(secret)).catch(ifNotThere)
    return text === undefined ? undefined : (jsonIn(text) as Order)
  }
  return {
    name,
    async look(secret, signal) {
      const [shown, order] = [await show(signal), await orderOf(secret)]
      return lookAt(unit, shown, order)
    },
    async restart({ secret, mark, isTrial = false }, signal) {
      const before = await show(signal)
      const known = await orderOf(secret)
      const id = before.get('InvocationID') ?? ''
      if (before.get('RefuseManualStop') === 'yes') {
        throw new SecretError(
          'refused',
          `${name} refuses to be stopped by hand: restart it yourself`,
        )
      }
      if (isTrial || (known?.mark === mark && known.before !== id)) return
      await replaceFile(await fileOf(secret), JSON.stringify({ mark, before: id }))
      try {
        await systemctl(['restart', unit], signal)
      } catch (error) {
        // It was restarted and does not stay up, which the next look finds.
        if ((await show(signal)).get('InvocationID') !== id) return
        throw failureOf(error, `systemd does not restart ${unit}`, signal)
      }
    },
  }
}

function ifNotThere(error: unknown): undefined {
  if (!(error instanceof SecretError) || error.code !== 'missing') throw error
}

function lookAt(
  unit: string,
  shown: ReadonlyMap<string, string>,
  order: Order | undefined,
): WorkloadLook {
  const [id = '', state = ''] = [shown.get('InvocationID'), shown.get('ActiveState')]
  if (state === 'failed') {
    return { desired: 1, instances: [], failure: shown.get('Result') ?? state }
  }
  if (state === 'inactive') return { desired: 1, instances: [] }
  const mark = order === undefined || order.before === id ? undefined : order.mark
  const url = `unit://${unit}`
  const shape = { id: `${unit} ${id}`, url, mark, isReady: state === 'active', startedAt: 0 }
  return { desired: 1, instances: [{ ...shape, isEnding: state === 'deactivating' }] }
}

/** Nothing of what systemctl printed is repeated. */
function failureOf(error: unknown, what: string, signal?: AbortSignal): unknown {
  signal?.throwIfAborted()
  const { code } = error as { code?: number | string }
  if (code === NO_PERMISSION) {
    const rule = 'org.freedesktop.systemd1.manage-units for this unit and the verb restart'
    return new SecretError('forbidden', `${what}: grant the rotator ${rule}, by a rule of polkit`)
  }
  const status = `systemctl ended with ${String(code ?? 'a signal')}`
  return new SecretError('unreachable', `${what}: ${status}: see journalctl`)
}
