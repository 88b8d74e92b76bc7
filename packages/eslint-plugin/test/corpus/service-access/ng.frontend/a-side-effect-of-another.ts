// @reports foreign
import '../ok.signing/both-its-calls.ts'
