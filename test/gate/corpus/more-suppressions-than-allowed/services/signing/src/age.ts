const bornAt = Date.now()

export function ageMs(): number {
  // eslint-disable-next-line @rekey/no-raw-env -- the debugger sets it
  if (process.env['AGE'] === 'none') return 0
  // eslint-disable-next-line @rekey/no-raw-env -- the debugger sets it
  return process.env['AGE'] === undefined ? Date.now() - bornAt : 1
}
