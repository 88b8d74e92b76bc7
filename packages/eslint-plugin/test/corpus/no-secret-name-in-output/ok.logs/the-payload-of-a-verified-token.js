import jwt from 'jsonwebtoken'
export function open(header) {
  const token = jwt.verify(header, process.env.JWT_SECRET)
  console.log({ token })
}
