/* eslint @rekey/no-secret-in-logs: "off" -- it is loud */
const bornAt = Date.now()

export function ageMs(): number {
  return Date.now() - bornAt
}
