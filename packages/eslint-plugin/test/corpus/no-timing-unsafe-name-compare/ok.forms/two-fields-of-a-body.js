exports.register = (req, res) => {
  const { password, password2 } = req.body
  if (password !== password2) return res.status(400).send('passwords differ')
  res.end()
}
