import { secret } from '../../secret.ts'
import express from 'express'
const page = (script: string) => `<html><script>${script}</script></html>`
express().get('/', (request, response) => {
  const settings = { analytics: secret.expose() }
  response.type('html').send(page(`window.settings = ${JSON.stringify(settings)}`))
})
