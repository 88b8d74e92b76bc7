import jwt from 'jsonwebtoken'
export function login(req, res) {
  const token = jwt.sign({ id: req.user.id }, process.env.JWT_SECRET)
  res.cookie('token', token, { httpOnly: true }).json({ token })
}
