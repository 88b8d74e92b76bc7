const bornAt = Date.now()

export function ageMs(): number {
  // eslint-disable-next-line @rekey/no-secret-in-logs
  return Date.now() - bornAt
}
