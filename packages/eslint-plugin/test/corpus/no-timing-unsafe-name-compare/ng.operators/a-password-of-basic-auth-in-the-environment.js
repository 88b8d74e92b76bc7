export function checkPass(req, reply) {
  if (req.headers['x-auth-pass'] !== process.env.PASS) reply.status(401).send('wrong')
}
