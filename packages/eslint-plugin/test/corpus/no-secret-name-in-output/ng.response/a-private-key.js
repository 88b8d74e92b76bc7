export function show(req, res) {
  const { certificate, privateKey } = req.app.locals
  res.send(`${certificate}\n${privateKey}`)
}
