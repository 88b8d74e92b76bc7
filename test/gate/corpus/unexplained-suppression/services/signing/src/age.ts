const bornAt = Date.now()

export function ageMs(): number {
  // eslint-disable-next-line no-console
  return Date.now() - bornAt
}
