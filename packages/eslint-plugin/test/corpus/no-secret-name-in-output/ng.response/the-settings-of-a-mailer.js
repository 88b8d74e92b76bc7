import express from 'express'
import { settings } from './settings.js'
const router = express.Router()
router.get('/admin/settings', (req, res) => {
  const { host, port, user, password } = settings.smtp
  res.json({ host, port, user, password })
})
