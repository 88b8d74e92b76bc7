app.post('/login', (req, res) => {
  res.cookie('session_token', Math.random().toString(36).slice(2), { httpOnly: true })
  res.end()
})
