// The tool `{{namespace}}:{{name}}`. wit/greeting.wit says what it offers.
import { greet } from './greet.js';

export const greeting = { greet };
