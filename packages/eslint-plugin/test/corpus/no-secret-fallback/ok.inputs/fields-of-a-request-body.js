function login(body) {
  return service.login(body?.username || '', body?.password || '')
}
module.exports = { login }
