package main

import "bytes"

// This file reads JSON that is known to be well-formed, without building
// anything: fields are handed out as the bytes that they have.

// fieldsOf calls yield for each field of the object that data begins with. It
// reports false if that is no object, or yield does.
func fieldsOf(data []byte, yield func(key, value []byte) bool) bool {
	i := space(data, 0)
	if i >= len(data) || data[i] != '{' {
		return false
	}
	if i = space(data, i+1); i < len(data) && data[i] == '}' {
		return true
	}
	for {
		end := valueEnd(data, i)
		if end < 0 || data[i] != '"' {
			return false
		}
		key := data[i+1 : end-1]
		if i = space(data, end); i >= len(data) || data[i] != ':' {
			return false
		}
		i = space(data, i+1)
		if end = valueEnd(data, i); end < 0 || !yield(key, data[i:end]) {
			return false
		}
		if i = space(data, end); i >= len(data) || data[i] != ',' {
			return i < len(data) && data[i] == '}'
		}
		i = space(data, i+1)
	}
}

// itemsOf is fieldsOf for an array.
func itemsOf(data []byte, yield func(value []byte) bool) bool {
	i := space(data, 0)
	if i >= len(data) || data[i] != '[' {
		return false
	}
	if i = space(data, i+1); i < len(data) && data[i] == ']' {
		return true
	}
	for {
		end := valueEnd(data, i)
		if end < 0 || !yield(data[i:end]) {
			return false
		}
		if i = space(data, end); i >= len(data) || data[i] != ',' {
			return i < len(data) && data[i] == ']'
		}
		i = space(data, i+1)
	}
}

func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// valueEnd returns where the value ends that begins at i; -1 if it does not.
func valueEnd(data []byte, i int) int {
	if i >= len(data) {
		return -1
	}
	switch data[i] {
	case '"':
		return textEnd(data, i)
	case '{', '[':
		depth := 0
		for i < len(data) {
			switch data[i] {
			case '"':
				if i = textEnd(data, i); i < 0 {
					return -1
				}
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
		return -1
	}
	for start := i; ; i++ {
		if i == len(data) || bytes.IndexByte([]byte(",}] \t\r\n:"), data[i]) >= 0 {
			if i == start {
				return -1
			}
			return i
		}
	}
}

// textEnd is valueEnd for a string.
func textEnd(data []byte, i int) int {
	for i++; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// text is a string's content, if there is nothing escaped in it.
func text(value []byte) ([]byte, bool) {
	if len(value) < 2 || value[0] != '"' || bytes.IndexByte(value, '\\') >= 0 {
		return nil, false
	}
	return value[1 : len(value)-1], true
}

// number reads a whole number that is not negative.
func number(value []byte) (n int64, ok bool) {
	n, rest := digits(value)
	return n, len(rest) == 0 && len(value) > 0
}

// digits reads the digits that data begins with.
func digits(data []byte) (n int64, rest []byte) {
	i := 0
	for i < len(data) && i < 18 && data[i]-'0' <= 9 {
		n = n*10 + int64(data[i]-'0')
		i++
	}
	return n, data[i:]
}
