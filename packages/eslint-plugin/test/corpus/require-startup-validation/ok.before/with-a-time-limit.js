const app = require('./app')
const { loadService } = require('./service')
const { within } = require('./time')

async function main() {
  const service = await within(30_000, loadService())
  app.listen(service.settings.port)
}
main()
