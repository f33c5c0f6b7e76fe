// The channel `{{namespace}}:{{name}}`: it carries messages out to people. This one tells whoever watches; speak to a network in its place.
import { emit } from 'loket:events/emit@0.1.0';
import { line } from './line.js';

export const carrier = {
  deliver({ conversation, text }) {
    emit({ tag: 'status', val: line(conversation, text) });
  },
};
