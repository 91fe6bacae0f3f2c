// Package html makes the elements that the UI is built of, all of one Go type.
//
// go-app has a type for each element, whose methods are its attributes. They
// read well and are dear: each brings its methods, the interface that lists
// them, and a description of every one for reflection. The 29 that the UI uses
// made app.wasm larger by 28 KB in brotli, and the next element would bring a
// type more. Here every element is go-app's generic one. What all
// elements have are methods still (Class, Role, Aria, OnClick); the rest is
// named with Attr, as in HTML:
//
//	html.A().Class("self").Attr("href", "/settings")
//
// go-app compares two elements by their type and their tag, so a div in the
// place of a span is still another element.
package html

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// A returns a new <a>.
func A() app.HTMLElem { return app.Elem("a") }

// B returns a new <b>.
func B() app.HTMLElem { return app.Elem("b") }

// Button returns a new <button>.
func Button() app.HTMLElem { return app.Elem("button") }

// Canvas returns a new <canvas>.
func Canvas() app.HTMLElem { return app.Elem("canvas") }

// Div returns a new <div>.
func Div() app.HTMLElem { return app.Elem("div") }

// FieldSet returns a new <fieldset>.
func FieldSet() app.HTMLElem { return app.Elem("fieldset") }

// Footer returns a new <footer>.
func Footer() app.HTMLElem { return app.Elem("footer") }

// Form returns a new <form>.
func Form() app.HTMLElem { return app.Elem("form") }

// H1 returns a new <h1>.
func H1() app.HTMLElem { return app.Elem("h1") }

// H2 returns a new <h2>.
func H2() app.HTMLElem { return app.Elem("h2") }

// H3 returns a new <h3>.
func H3() app.HTMLElem { return app.Elem("h3") }

// Header returns a new <header>.
func Header() app.HTMLElem { return app.Elem("header") }

// Hr returns a new <hr>.
func Hr() app.HTMLElem { return app.Elem("hr") }

// I returns a new <i>.
func I() app.HTMLElem { return app.Elem("i") }

// Img returns a new <img>.
func Img() app.HTMLElem { return app.Elem("img") }

// Input returns a new <input>.
func Input() app.HTMLElem { return app.Elem("input") }

// Label returns a new <label>.
func Label() app.HTMLElem { return app.Elem("label") }

// Legend returns a new <legend>.
func Legend() app.HTMLElem { return app.Elem("legend") }

// Li returns a new <li>.
func Li() app.HTMLElem { return app.Elem("li") }

// Main returns a new <main>.
func Main() app.HTMLElem { return app.Elem("main") }

// Mark returns a new <mark>.
func Mark() app.HTMLElem { return app.Elem("mark") }

// Nav returns a new <nav>.
func Nav() app.HTMLElem { return app.Elem("nav") }

// P returns a new <p>.
func P() app.HTMLElem { return app.Elem("p") }

// Progress returns a new <progress>.
func Progress() app.HTMLElem { return app.Elem("progress") }

// Section returns a new <section>.
func Section() app.HTMLElem { return app.Elem("section") }

// Span returns a new <span>.
func Span() app.HTMLElem { return app.Elem("span") }

// Textarea returns a new <textarea>.
func Textarea() app.HTMLElem { return app.Elem("textarea") }

// Time returns a new <time>.
func Time() app.HTMLElem { return app.Elem("time") }

// Ul returns a new <ul>.
func Ul() app.HTMLElem { return app.Elem("ul") }
