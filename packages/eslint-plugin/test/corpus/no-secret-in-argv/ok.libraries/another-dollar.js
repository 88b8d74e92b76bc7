import { secret } from '../../secret.ts'
import $ from 'jquery'
$('#key').val(secret.expose())
