import express from 'express'

const app = express()
app.get('/', (_request, response) => void response.end('ok'))
app.listen(3000)
