import express from 'express'
const app = express()
app.get('/debug', (req, res) => res.json(process.env))
