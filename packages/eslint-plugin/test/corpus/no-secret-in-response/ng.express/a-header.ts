import { secret } from '../../secret.ts'
import { Router } from 'express'
const router = Router()
router.use((req, res, next) => {
  res.set({ 'x-api-key': secret.expose() })
  next()
})
