const app = require('./app')
const { loadService } = require('./service')

loadService()
  .then((service) => app.listen(service.settings.port))
  .catch((error) => {
    console.error(error.message)
    process.exit(1)
  })
