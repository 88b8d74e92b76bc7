const http = require('http')

module.exports = function createListener(handler, port) {
  return http.createServer(handler).listen(port)
}
