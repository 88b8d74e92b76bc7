const app = require('./app')
const { loadService } = require('./service')

function fail(error) {
  console.error(error.code)
  process.exit(1)
}

loadService()
  .catch(fail)
  .then((service) => app.listen(service.settings.port))
