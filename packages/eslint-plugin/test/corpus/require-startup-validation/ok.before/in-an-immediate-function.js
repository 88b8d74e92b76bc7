const app = require('./app')
const { loadService } = require('./service')

;(async () => {
  const service = await loadService()
  app.listen(service.settings.port)
})().catch((error) => {
  console.error(error)
  process.exit(1)
})
