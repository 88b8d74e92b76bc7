import { endOf, newVersion, openReportingFleet } from './reporting-fleet.support.ts'

/** Both ends have the new key, and no call with the old one was ever counted. */
export function switched({ options = {}, expiresAt }: SwitchOptions = {}) {
  const fleet = openReportingFleet(options)
  const current = newVersion('current')
  const previous = newVersion('previous', expiresAt)
  const staged = { name: current.name, revision: '1', current, previous }
  fleet.reports.alpha.set('a', { current })
  fleet.reports.beta.set('b', { current, loaded: [previous] })
  const confirm = (context: Partial<typeof fleet.context> = {}) =>
    endOf(fleet.clock, fleet.rotation.confirm(staged, { ...fleet.context, ...context }))
  return { ...fleet, current, previous, staged, confirm }
}

/** Options of the rotation, and when the old key ends by itself. */
interface SwitchOptions {
  readonly options?: Parameters<typeof openReportingFleet>[0]
  readonly expiresAt?: Date
}
