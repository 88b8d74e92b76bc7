export function report(errors, routes) {
  console.log(errors.password, routes.authorization)
}
