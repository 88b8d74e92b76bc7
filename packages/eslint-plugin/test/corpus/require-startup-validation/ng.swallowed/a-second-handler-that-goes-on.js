const app = require('./app')
const { loadService } = require('./service')

loadService()
  .then(
    () => console.log('loaded'),
    (error) => console.error(error),
  )
  .then(() => app.listen(3000))
