export function trace(req) {
  console.log('session', req.headers['cookie'])
  console.log(req.cookies)
}
