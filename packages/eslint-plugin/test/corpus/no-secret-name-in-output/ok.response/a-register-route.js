import bcrypt from 'bcrypt'
import express from 'express'
const router = express.Router()
router.post('/register', async (req, res, next) => {
  const { email, password } = req.body
  if (!email || !password) return res.status(400).json({ error: 'email and password are required' })
  const user = await req.db.users.create({ email, password: await bcrypt.hash(password, 12) })
  return res.status(201).json({ id: user.id, email: user.email })
})
