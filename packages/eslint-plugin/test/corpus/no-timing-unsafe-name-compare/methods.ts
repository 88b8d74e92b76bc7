// ---- ends-with-the-secret.js
export function isInternal(req) {
  return req.headers.authorization.endsWith(process.env.INTERNAL_SECRET) // expect: nameCompared
}

// ---- a-method-that-compares-a-given-token
export class Doorkeeper {
  #adminToken = process.env['ADMIN_TOKEN']
  compare(given: string) {
    return given === this.#adminToken // expect: nameCompared
  }
}

// ---- a-password-without-the-spaces-around-it
export const isRight = (request: { body: { password: string } }, adminPassword: string) =>
  request.body.password.trim() === adminPassword.trim() // expect: nameCompared
