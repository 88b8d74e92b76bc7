export function report(request) {
  let password = request.body.password
  password = '***'
  console.log(password)
}
