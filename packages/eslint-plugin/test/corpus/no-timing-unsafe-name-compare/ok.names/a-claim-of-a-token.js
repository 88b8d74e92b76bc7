import jwt from 'jsonwebtoken'

export function isOwner(token, user) {
  const decoded = jwt.decode(token)
  return decoded.sub === user.id
}
